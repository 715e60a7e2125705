-- Makes the role if it isn't there: Redshift has no CREATE ROLE IF NOT EXISTS. A dollar is written twice, for Python's.
CREATE OR REPLACE PROCEDURE marts.have_analysts() AS $$$$
BEGIN
  IF NOT EXISTS (SELECT role_name FROM svv_roles WHERE role_name = 'analysts') THEN
    EXECUTE 'CREATE ROLE analysts';
  END IF;
END;
$$$$ LANGUAGE plpgsql;
