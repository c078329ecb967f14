-- What the broker needs in one database, and a table to try it with. As a superuser, with psql 14 or later:
--   ROOT_PASSWORD=… psql -d orders -v owner=orders_owner -v root=orders_root -f setup.sql
\set ON_ERROR_STOP on
\getenv password ROOT_PASSWORD

-- Nobody wanders in from another database. Every further database of the cluster needs the same.
REVOKE CONNECT ON DATABASE :"DBNAME", postgres, template1 FROM PUBLIC;

-- The role of the application, the same in every database.
SELECT 'CREATE ROLE shop_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_app') \gexec
CREATE ROLE :"owner";
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
CREATE TABLE orders (id int PRIMARY KEY, cents int NOT NULL, state text NOT NULL DEFAULT 'open');
INSERT INTO orders VALUES (1, 1250, 'open'), (2, 899, 'open'), (3, 4000, 'refunded');
ALTER TABLE orders OWNER TO :"owner";

CREATE ROLE :"root" LOGIN CREATEROLE PASSWORD :'password';
GRANT CONNECT ON DATABASE :"DBNAME" TO :"root" WITH GRANT OPTION;
GRANT USAGE ON SCHEMA public TO :"root" WITH GRANT OPTION;
GRANT SELECT ON orders TO :"root" WITH GRANT OPTION;

-- For migrations: a lease becomes a member of the owner, and what it creates goes to that owner when it ends. To the root, if that fails.
GRANT :"owner" TO :"root" WITH ADMIN OPTION;
GRANT CREATE ON SCHEMA public TO :"root";
