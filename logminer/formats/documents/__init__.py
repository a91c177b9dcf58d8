"""Mappings and lists: plain values out of JSON, YAML and TOML, and what they hold of runs."""
