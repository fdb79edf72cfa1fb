"""The offline evaluation: `recsys evaluate`, from a dataset to a report with baselines of the same run."""
