-- Why a module was refused lately, for who writes its firmware: the newest refusal of each kind, so a module has no more rows than there are kinds.
create table module_refusals (
  device_id  uuid not null references devices,
  -- What the broker asked about: user, vhost, resource or topic.
  question   text not null,
  reason     text not null,
  -- What the module wanted, as far as it fits.
  wanted     text not null,
  refused_at timestamptz not null default now(),
  primary key (device_id, question, reason)
);
