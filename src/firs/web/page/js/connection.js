/** Whether the server answers; who waits for it goes on by themselves when it is back. */

const LONGEST = 10_000;

export const connection = new EventTarget();
/** @type {Promise<void>|null} */
let waiting = null;
let hurry = () => {};

/** @returns {boolean} */
export const isAway = () => waiting !== null;

/** Ask at once, instead of after the pause. */
export const tryNow = () => hurry();

/** Wait until the server answers again. @param {string|URL} asked a cheap address to ask */
export function untilBack(asked) {
  waiting ??= ask(asked).then(() => {
    waiting = null;
    connection.dispatchEvent(new Event("back"));
  });
  return waiting;
}

async function ask(/** @type {string|URL} */ asked) {
  connection.dispatchEvent(new Event("away"));
  for (let pause = 500; !(await answers(asked)); pause = Math.min(2 * pause, LONGEST)) {
    await new Promise((resolve) => {
      hurry = () => resolve(null);
      setTimeout(resolve, pause);
    });
  }
}

async function answers(/** @type {string|URL} */ asked) {
  try {
    return (await fetch(asked, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
