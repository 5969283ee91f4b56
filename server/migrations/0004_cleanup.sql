-- Indices for the clean-up, which looks for what expired first. The one on Django's table is not made here: it is looked
-- for whenever the program migrates.
CREATE INDEX gatepost_rotation_child_exp ON gatepost_rotation (child_exp, parent_jti);
CREATE INDEX gatepost_idempotency_created_at ON gatepost_idempotency (created_at);
