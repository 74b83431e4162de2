-- The database, once, after roles.sql and the passwords. Its owner migrates it; the other roles only connect.
CREATE DATABASE daybreak OWNER daybreak_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE daybreak FROM PUBLIC;
GRANT CONNECT ON DATABASE daybreak TO daybreak_app, daybreak_node, daybreak_worker;
