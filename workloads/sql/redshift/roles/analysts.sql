-- Those who may read the marts: each user who does is granted it.
CREATE ROLE analysts;
