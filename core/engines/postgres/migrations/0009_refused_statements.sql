-- Statements that were refused, page by page, as those that are held.
create index on manufacturing_events (position) where state = 'refused';
