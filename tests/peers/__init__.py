"""Peers for tests and benchmarks: a scripted SIP callee of our own, and runners for others'."""
