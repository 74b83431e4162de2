-- The four login roles of Daybreak. Run once by a superuser; passwords are set by the operator.
-- owner: migrations. app: pages, forced row-level security. node: what a node must know, journal, audit.
-- worker: jobs, under the scope of the job's own row.
CREATE ROLE daybreak_owner LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB;
CREATE ROLE daybreak_app LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
CREATE ROLE daybreak_node LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
CREATE ROLE daybreak_worker LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;
