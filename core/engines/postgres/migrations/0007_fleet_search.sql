-- Serial and frame numbers by how they begin, in the order of their bytes whatever the database's language is.
create index on bikes (frame_number collate "C");
create index on components (serial_number collate "C");
create index on component_aliases (serial_number collate "C");
create index on component_aliases (component_id);
