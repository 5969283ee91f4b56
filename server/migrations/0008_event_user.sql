CREATE INDEX gatepost_event_user_id ON gatepost_event (user_id);
