"""The laboratory: data sets, measures, strategies, simulated users, experiments, report."""
