"""What trackers and tuners share: their storages, their words for status, direction and budget."""
