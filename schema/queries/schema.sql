-- name: schema_migration_list
SELECT number, sha256 FROM public.schema_migration ORDER BY number
