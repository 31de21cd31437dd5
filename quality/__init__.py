"""What we learn: reports to the packing-inspection team."""
