"""Reports: accuracy of predictions, features, cost, table reference, architecture, differences of two warehouses."""
