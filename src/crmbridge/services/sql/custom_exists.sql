-- Whether there are records, and whether any of them has the custom field.
SELECT EXISTS (FROM {table}), EXISTS (FROM {table} WHERE json_exists(custom, $custom_path))
