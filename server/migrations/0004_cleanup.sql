-- Indices for the clean-up, which looks for what expired first. The one on Django's table is looked for at each start, too.
CREATE INDEX IF NOT EXISTS gatepost_outstanding_expires_at ON token_blacklist_outstandingtoken (expires_at);
CREATE INDEX gatepost_rotation_child_exp ON gatepost_rotation (child_exp, parent_jti);
CREATE INDEX gatepost_idempotency_created_at ON gatepost_idempotency (created_at);
