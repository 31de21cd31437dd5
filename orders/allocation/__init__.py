"""Which stock serves which line: reserving it, waiting for it, substitutes, the day a parcel leaves."""
