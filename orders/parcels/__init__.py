"""From a packed parcel to its delivery or return: weighing, documents, carriers."""
