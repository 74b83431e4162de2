-- Failed messages are counted by every node, as waiting ones are: without reading those that were sent.
CREATE INDEX outbox_failed ON outbox (id) WHERE state = 'failed';
