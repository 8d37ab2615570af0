SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.attempts (
    key text NOT NULL,
    failures bigint NOT NULL,
    failed_at bigint NOT NULL,
    locked_until bigint
);
CREATE TABLE public.audit (
    serial bigint NOT NULL,
    at bigint NOT NULL,
    action text NOT NULL,
    result text NOT NULL,
    audience text NOT NULL,
    subject_id bytea,
    login text NOT NULL,
    tenant_id bytea,
    address text NOT NULL,
    device_key text NOT NULL,
    details text NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE SEQUENCE public.audit_serial_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_serial_seq OWNED BY public.audit.serial;
CREATE TABLE public.credentials (
    subject_id bytea NOT NULL,
    encoded text NOT NULL,
    origin text NOT NULL
);
CREATE TABLE public.devices (
    subject_id bytea NOT NULL,
    key text NOT NULL,
    seen_at bigint NOT NULL
);
CREATE TABLE public.documents (
    audience text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    document bytea NOT NULL
);
CREATE TABLE public.logins (
    folded text NOT NULL,
    subject_id bytea NOT NULL,
    "position" bigint NOT NULL,
    written text NOT NULL
);
CREATE TABLE public.profiles (
    subject_id bytea NOT NULL,
    audience text NOT NULL,
    document bytea NOT NULL
);
CREATE TABLE public.sessions (
    id bigint NOT NULL,
    subject_id bytea NOT NULL,
    audience text NOT NULL,
    opened_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    family bigint,
    predecessor bigint,
    deadline bigint,
    scopes text NOT NULL,
    device_key text NOT NULL,
    device_mark bigint,
    device_mobile smallint NOT NULL,
    device_details bytea NOT NULL,
    address text NOT NULL,
    ended_at bigint,
    end_reason text,
    nonce bytea NOT NULL
);
CREATE SEQUENCE public.sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sessions_id_seq OWNED BY public.sessions.id;
CREATE TABLE public.subjects (
    number bigint NOT NULL,
    id bytea NOT NULL,
    full_name text NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    active smallint NOT NULL,
    service smallint NOT NULL,
    tenant_id bytea
);
CREATE SEQUENCE public.subjects_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.subjects_number_seq OWNED BY public.subjects.number;
CREATE TABLE public.tenants (
    id bytea NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    in_deletion smallint NOT NULL
);
CREATE TABLE public.tokens (
    digest bytea NOT NULL,
    session_id bigint NOT NULL,
    use text NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN serial SET DEFAULT nextval('public.audit_serial_seq'::regclass);
ALTER TABLE ONLY public.sessions ALTER COLUMN id SET DEFAULT nextval('public.sessions_id_seq'::regclass);
ALTER TABLE ONLY public.subjects ALTER COLUMN number SET DEFAULT nextval('public.subjects_number_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.attempts VALUES ('login:1', 3, 1741064767891011, NULL);
INSERT INTO public.attempts VALUES ('source:2', 51, 1741064767891011, 1741151167891011);
INSERT INTO public.audit VALUES (1, 1741064767891011, 'login', 'admitted', 'oz', '\xa11ce000000040008000000000000001', 'alice', '\x0e2f7c516f0d4d849f1c0a7c4c7d5b01', '192.0.2.1', 'D-1', '{}', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x30d1ef5473a1b2dd28b24c3905c771f85b20888736d961938a29e162274fda3c');
INSERT INTO public.audit VALUES (2, 1741064767891011, 'session.end', 'replaced', '', NULL, '', NULL, '', '', '{"session": "1", "by": "\u00f6"}', '\x30d1ef5473a1b2dd28b24c3905c771f85b20888736d961938a29e162274fda3c', '\xf5f44a3ae021f9252a8e567bbef2e4cc4fb8c116ee01af60ce78211d0ae40ebe');
INSERT INTO public.audit VALUES (3, 1741064767891011, 'login', 'unknown-login', '', NULL, 'nobody', NULL, '', '', '{}', '\xf5f44a3ae021f9252a8e567bbef2e4cc4fb8c116ee01af60ce78211d0ae40ebe', '\x3fca9c6b08c8c38f87a989d005ffd7d5abd70921e5c6dd5f40142d64b490fff0');
INSERT INTO public.credentials VALUES ('\xa11ce000000040008000000000000001', '$argon2id$v=19$m=8,t=1,p=1$Zmlyc3QgcmVsZWFzZQ$HTCkeGQCJX1f7TFZstHlRhtzezj8AxRw7M9Poddo+Co', '');
INSERT INTO public.credentials VALUES ('\xc0de0000000040008000000000000003', 'pbkdf2_sha256$1$x$y', 'origin');
INSERT INTO public.devices VALUES ('\xa11ce000000040008000000000000001', 'device:1', 1741064767891011);
INSERT INTO public.devices VALUES ('\xa11ce000000040008000000000000001', 'address:2', 1741064767891011);
INSERT INTO public.documents VALUES ('findface', 'role', '1', '\x7b226e616d65223a2241646d696e6973747261746f72227d');
INSERT INTO public.logins VALUES ('zoë@acme.example', '\xa11ce000000040008000000000000001', 0, 'Zoë@Acme.example');
INSERT INTO public.logins VALUES ('alice', '\xa11ce000000040008000000000000001', 1, 'alice');
INSERT INTO public.logins VALUES ('bob', '\xb0b00000000040008000000000000002', 0, 'bob');
INSERT INTO public.logins VALUES ('machine', '\xc0de0000000040008000000000000003', 0, 'machine');
INSERT INTO public.profiles VALUES ('\xa11ce000000040008000000000000001', 'oz', '\x7b22757365725f74797065223a2241444d494e227d');
INSERT INTO public.profiles VALUES ('\xa11ce000000040008000000000000001', 'findface', '\x7b226c616e6775616765223a22c3a4227d');
INSERT INTO public.profiles VALUES ('\xc0de0000000040008000000000000003', 'oz', '\x7b7d');
INSERT INTO public.sessions VALUES (1, '\xa11ce000000040008000000000000001', 'oz', 1741064767891011, 1741068367891011, 1741071967891011, NULL, NULL, 1898831167891011, '["investigation", "scanning"]', 'D-1', -3622300280142223194, 1, '\x7b226f73223a22c3b6227d', '2001:db8::1', 1741068367891011, 'replaced', '\x');
INSERT INTO public.sessions VALUES (2, '\xa11ce000000040008000000000000001', 'oz', 1741068367891011, 1741068367891011, 1741075567891011, 1, 1, NULL, '[]', 'D-1', -3622300280142223194, 1, '\x7b226f73223a22c3b6227d', '', NULL, NULL, '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO public.sessions VALUES (3, '\xc0de0000000040008000000000000003', 'oz', 1741064767891011, 1741064767891011, 1741068367891011, NULL, NULL, NULL, '[]', '', NULL, 0, '\x7b7d', '', NULL, NULL, '\x');
INSERT INTO public.subjects VALUES (1, '\xa11ce000000040008000000000000001', 'Alice Éxample', 1741064767891011, 1741151167891012, 1, 0, '\x0e2f7c516f0d4d849f1c0a7c4c7d5b01');
INSERT INTO public.subjects VALUES (2, '\xb0b00000000040008000000000000002', '', 1741064767891011, 1741064767891011, 0, 0, NULL);
INSERT INTO public.subjects VALUES (3, '\xc0de0000000040008000000000000003', 'Gateway', 1741064767891011, 1741064767891011, 1, 1, '\x0e2f7c516f0d4d849f1c0a7c4c7d5b01');
INSERT INTO public.tenants VALUES ('\x0e2f7c516f0d4d849f1c0a7c4c7d5b01', 'Acme Bänk', 1741064767891011, 0);
INSERT INTO public.tenants VALUES ('\x00000000000000000000000000000007', 'Gone', 1741064767891011, 1);
INSERT INTO public.tokens VALUES ('\x969ddb35f11639fd3333f507b8932efd45a663452ec51fc55c488319c52f1f980f5f705a56717900b1eb3df16d294ebce1ba5e0fcc20dd942963d1248cd73827', 1, 'access');
INSERT INTO public.tokens VALUES ('\x51b0cd63bb284653557e94cd27b3ceed142f043f45e429fa87d68a4e795ca43abf30e2b36473edda026822c92adaa5e24f487969983367b5ea8aa92f13ccbd7b', 1, 'refresh');
INSERT INTO public.tokens VALUES ('\xb374c18b28c1041e4241eab5fb91999336e1496f21438cc335b76a5ea3b3d11d1aef4ad5f55f5f98ead3ccf9767a370e0c6bf343aa6e0bcbbfbe7fc530cac712', 2, 'access');
INSERT INTO public.tokens VALUES ('\xdf30b6932b47c0f3405bec94b81f9d0bc5900221efb9869537cd0b04984991f0d997f689d8cc77c24350bfa68a8a2e26aef7d291d86acc98555909d46a0ea843', 2, 'refresh');
INSERT INTO public.tokens VALUES ('\x6ea4958acb789da34a3212a98488443f97970dc18b11a4d85355b89c52e3b51514db5454ee9f2d388a9494c11b93b6a91c72eed88a364d8e92b0bd815a920c00', 3, 'access');
INSERT INTO public.tokens VALUES ('\xc77f26eb8e76bbcbdd662e570a0c3db6c7b546ed9c9105f663b01cb14d13c68c605e83f945a5af32bb8ed639b0142656b891e556d36144c71f988efb5f2aa832', 3, 'refresh');
SELECT pg_catalog.setval('public.audit_serial_seq', 3, true);
SELECT pg_catalog.setval('public.sessions_id_seq', 3, true);
SELECT pg_catalog.setval('public.subjects_number_seq', 3, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT pk_attempts PRIMARY KEY (key);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (serial);
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT pk_credentials PRIMARY KEY (subject_id);
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT pk_devices PRIMARY KEY (subject_id, key);
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT pk_documents PRIMARY KEY (audience, kind, key);
ALTER TABLE ONLY public.logins
    ADD CONSTRAINT pk_logins PRIMARY KEY (folded);
ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT pk_profiles PRIMARY KEY (subject_id, audience);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT pk_sessions PRIMARY KEY (id);
ALTER TABLE ONLY public.subjects
    ADD CONSTRAINT pk_subjects PRIMARY KEY (number);
ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT pk_tenants PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT pk_tokens PRIMARY KEY (digest);
ALTER TABLE ONLY public.subjects
    ADD CONSTRAINT uq_subjects_id UNIQUE (id);
CREATE INDEX ix_attempts_failed_at ON public.attempts USING btree (failed_at);
CREATE INDEX ix_devices_seen_at ON public.devices USING btree (seen_at);
CREATE INDEX ix_logins_subject_id ON public.logins USING btree (subject_id);
CREATE INDEX ix_sessions_device_mark ON public.sessions USING btree (device_mark) WHERE (device_mark IS NOT NULL);
CREATE INDEX ix_sessions_ended_at ON public.sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX ix_sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE INDEX ix_sessions_family ON public.sessions USING btree (family) WHERE (family IS NOT NULL);
CREATE INDEX ix_sessions_predecessor ON public.sessions USING btree (predecessor) WHERE (predecessor IS NOT NULL);
CREATE INDEX ix_sessions_subject_id ON public.sessions USING btree (subject_id, device_mark);
CREATE INDEX ix_subjects_tenant_id ON public.subjects USING btree (tenant_id) WHERE (tenant_id IS NOT NULL);
CREATE INDEX ix_tenants_name ON public.tenants USING btree (name);
CREATE INDEX ix_tokens_session_id ON public.tokens USING btree (session_id);
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT fk_credentials_subject_id FOREIGN KEY (subject_id) REFERENCES public.subjects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT fk_devices_subject_id FOREIGN KEY (subject_id) REFERENCES public.subjects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.logins
    ADD CONSTRAINT fk_logins_subject_id FOREIGN KEY (subject_id) REFERENCES public.subjects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT fk_profiles_subject_id FOREIGN KEY (subject_id) REFERENCES public.subjects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT fk_sessions_subject_id FOREIGN KEY (subject_id) REFERENCES public.subjects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.subjects
    ADD CONSTRAINT fk_subjects_tenant_id FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT fk_tokens_session_id FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;
