-- The key of the noise in answers of the research gateway. Made here, the same for all processes, and never another one: two noises of one
-- cell tell more than one does.
create table research_noise (
  key text not null
);
insert into research_noise (key) values (gen_random_uuid()::text || gen_random_uuid()::text);
