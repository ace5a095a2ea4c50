-- The platform's own key seals for partners that speak through the API, so it is no partner's.
alter table partner_keys
  alter column partner_id drop not null,
  add constraint partner_keys_owner check ((partner_id is null) = (door = 'api'));
