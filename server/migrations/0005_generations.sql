-- How far a link is from its chain's first, so that the newest is found at once: the highest generation of the family.
-- 0: not known, for rows of before and of servers that do not know this column; such a link is always looked at.
-- -1: a link of before whose successor was rotated, too; it is never the newest.
ALTER TABLE gatepost_rotation ADD COLUMN generation bigint NOT NULL DEFAULT 0;
UPDATE gatepost_rotation SET generation = -1
    WHERE EXISTS (SELECT 1 FROM gatepost_rotation AS next WHERE next.parent_jti = gatepost_rotation.child_jti);
DROP INDEX gatepost_rotation_family;
CREATE INDEX gatepost_rotation_generation ON gatepost_rotation (family, generation);
