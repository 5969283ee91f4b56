-- Facts of the schema public: table, kind, name, what it is.
WITH own AS (
    SELECT oid, relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
)
SELECT own.name, 'column', a.attname::text,
    concat('#', row_number() OVER (PARTITION BY own.oid ORDER BY a.attnum), ' ', format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation END,
        CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE ' NULL' END,
        ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
        CASE a.attidentity WHEN 'a' THEN ' IDENTITY ALWAYS' WHEN 'd' THEN ' IDENTITY BY DEFAULT' END)
FROM own
JOIN pg_attribute a ON a.attrelid = own.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = own.oid AND d.adnum = a.attnum
UNION ALL
SELECT own.name, 'constraint', c.conname::text, pg_get_constraintdef(c.oid)
FROM own JOIN pg_constraint c ON c.conrelid = own.oid AND c.contype IN ('p', 'u', 'c', 'f', 'x')
UNION ALL
SELECT own.name, 'index', c.relname::text, pg_get_indexdef(c.oid)
FROM own JOIN pg_index i ON i.indrelid = own.oid JOIN pg_class c ON c.oid = i.indexrelid
UNION ALL
SELECT own.name, 'trigger', t.tgname::text, pg_get_triggerdef(t.oid)
FROM own JOIN pg_trigger t ON t.tgrelid = own.oid AND NOT t.tgisinternal
UNION ALL
SELECT coalesce(own.name, ''), 'sequence', c.relname::text,
    concat(format_type(s.seqtypid, NULL), ' START ', s.seqstart, ' INCREMENT ', s.seqincrement, ' FROM ', s.seqmin,
        ' TO ', s.seqmax, ' CACHE ', s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' END, ' OF ' || a.attname)
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid AND c.relnamespace = 'public'::regnamespace
LEFT JOIN pg_depend o ON o.objid = c.oid AND o.classid = 'pg_class'::regclass AND o.refclassid = o.classid
    AND o.deptype IN ('a', 'i')
LEFT JOIN own ON own.oid = o.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
UNION ALL
SELECT replace(sequencename, '_id_seq', ''), 'row', 'next', (coalesce(last_value, 0) + 1)::text
FROM pg_sequences
WHERE schemaname = 'public'
    AND sequencename IN ('django_migrations_id_seq', 'django_content_type_id_seq', 'auth_permission_id_seq')
