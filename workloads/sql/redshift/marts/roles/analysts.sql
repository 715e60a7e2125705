-- Those who may read the marts: each user who does is granted it.
CALL marts.have_analysts();
