"""Printed logs: lines that measure, configs that are printed, and how a log ends."""
