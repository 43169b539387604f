/** The connection to the server; requests that wait for it continue when it is back. */

const LONGEST = 10_000;

export const connection = new EventTarget();
/** @type {Promise<void>|null} */
let waiting = null;
let hurry = () => {};

/** @returns {boolean} */
export const isAway = () => waiting !== null;

/** Try again at once, instead of after the pause. */
export const tryNow = () => hurry();

/** Wait until the server answers again. @param {string|URL} probe an address that is cheap to request */
export function untilConnected(probe) {
  waiting ??= poll(probe).then(() => {
    waiting = null;
    connection.dispatchEvent(new Event("back"));
  });
  return waiting;
}

async function poll(/** @type {string|URL} */ probe) {
  connection.dispatchEvent(new Event("away"));
  for (let pause = 500; !(await responds(probe)); pause = Math.min(2 * pause, LONGEST)) {
    await new Promise((resolve) => {
      hurry = () => resolve(null);
      setTimeout(resolve, pause);
    });
  }
}

async function responds(/** @type {string|URL} */ probe) {
  try {
    return (await fetch(probe, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
