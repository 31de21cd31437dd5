"""From the request to the parcel."""
