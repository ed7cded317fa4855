"""Predictions compared with results, and corrections learned from them. Upstream tables do not read these tables."""
