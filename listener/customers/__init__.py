"""Whom a mention is from: keys, evidence for and against, a posterior and a gate; segments, stages, influence."""
