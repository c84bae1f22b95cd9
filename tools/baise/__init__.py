"""Builds the Baise demonstration study: real names and boundaries, everything else modelled."""
