"""The baselines that every run is compared with."""
