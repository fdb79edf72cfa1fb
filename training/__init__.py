"""The nightly job and everything offline: fit, evaluate, gate, publish, simulate."""
