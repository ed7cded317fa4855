"""Reports about the platform: accuracy of predictions, features, the table reference, differences of two warehouses."""
