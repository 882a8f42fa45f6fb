"""Running trackers over sequences, and scoring what they say."""
