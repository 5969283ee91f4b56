PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE "auth_group" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" varchar(150) NOT NULL UNIQUE
);
CREATE TABLE "auth_group_permissions" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED,
    "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE "auth_permission" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED,
    "codename" varchar(100) NOT NULL,
    "name" varchar(255) NOT NULL
);
INSERT INTO "auth_permission" VALUES(1,1,'add_logentry','Can add log entry');
INSERT INTO "auth_permission" VALUES(2,1,'change_logentry','Can change log entry');
INSERT INTO "auth_permission" VALUES(3,1,'delete_logentry','Can delete log entry');
INSERT INTO "auth_permission" VALUES(4,1,'view_logentry','Can view log entry');
INSERT INTO "auth_permission" VALUES(5,2,'add_permission','Can add permission');
INSERT INTO "auth_permission" VALUES(6,2,'change_permission','Can change permission');
INSERT INTO "auth_permission" VALUES(7,2,'delete_permission','Can delete permission');
INSERT INTO "auth_permission" VALUES(8,2,'view_permission','Can view permission');
INSERT INTO "auth_permission" VALUES(9,3,'add_group','Can add group');
INSERT INTO "auth_permission" VALUES(10,3,'change_group','Can change group');
INSERT INTO "auth_permission" VALUES(11,3,'delete_group','Can delete group');
INSERT INTO "auth_permission" VALUES(12,3,'view_group','Can view group');
INSERT INTO "auth_permission" VALUES(13,4,'add_user','Can add user');
INSERT INTO "auth_permission" VALUES(14,4,'change_user','Can change user');
INSERT INTO "auth_permission" VALUES(15,4,'delete_user','Can delete user');
INSERT INTO "auth_permission" VALUES(16,4,'view_user','Can view user');
INSERT INTO "auth_permission" VALUES(17,5,'add_contenttype','Can add content type');
INSERT INTO "auth_permission" VALUES(18,5,'change_contenttype','Can change content type');
INSERT INTO "auth_permission" VALUES(19,5,'delete_contenttype','Can delete content type');
INSERT INTO "auth_permission" VALUES(20,5,'view_contenttype','Can view content type');
INSERT INTO "auth_permission" VALUES(21,6,'add_session','Can add session');
INSERT INTO "auth_permission" VALUES(22,6,'change_session','Can change session');
INSERT INTO "auth_permission" VALUES(23,6,'delete_session','Can delete session');
INSERT INTO "auth_permission" VALUES(24,6,'view_session','Can view session');
INSERT INTO "auth_permission" VALUES(25,7,'add_blacklistedtoken','Can add Blacklisted Token');
INSERT INTO "auth_permission" VALUES(26,7,'change_blacklistedtoken','Can change Blacklisted Token');
INSERT INTO "auth_permission" VALUES(27,7,'delete_blacklistedtoken','Can delete Blacklisted Token');
INSERT INTO "auth_permission" VALUES(28,7,'view_blacklistedtoken','Can view Blacklisted Token');
INSERT INTO "auth_permission" VALUES(29,8,'add_outstandingtoken','Can add Outstanding Token');
INSERT INTO "auth_permission" VALUES(30,8,'change_outstandingtoken','Can change Outstanding Token');
INSERT INTO "auth_permission" VALUES(31,8,'delete_outstandingtoken','Can delete Outstanding Token');
INSERT INTO "auth_permission" VALUES(32,8,'view_outstandingtoken','Can view Outstanding Token');
INSERT INTO "auth_permission" VALUES(33,9,'add_post','Can add post');
INSERT INTO "auth_permission" VALUES(34,9,'change_post','Can change post');
INSERT INTO "auth_permission" VALUES(35,9,'delete_post','Can delete post');
INSERT INTO "auth_permission" VALUES(36,9,'view_post','Can view post');
CREATE TABLE "auth_user" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "password" varchar(128) NOT NULL,
    "last_login" datetime NULL,
    "is_superuser" bool NOT NULL,
    "username" varchar(150) NOT NULL UNIQUE,
    "last_name" varchar(150) NOT NULL,
    "email" varchar(254) NOT NULL,
    "is_staff" bool NOT NULL,
    "is_active" bool NOT NULL,
    "date_joined" datetime NOT NULL,
    "first_name" varchar(150) NOT NULL
);
INSERT INTO "auth_user" VALUES(1,'pbkdf2_sha256$1$uZzX4OStoCWizqs5Tl3f0h$zTpUc7xMn6p60+9LBJ3RAXLltnt5as4PtXS1YDAhT3s=',NULL,0,'ada','Lovelace','ada@example.com',0,1,'2026-11-30 21:31:57.396182','Ada');
CREATE TABLE "auth_user_groups" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED,
    "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE "auth_user_user_permissions" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED,
    "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE "django_admin_log" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "object_id" text NULL,
    "object_repr" varchar(200) NOT NULL,
    "action_flag" smallint unsigned NOT NULL CHECK ("action_flag" >= 0),
    "change_message" text NOT NULL,
    "content_type_id" integer NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED,
    "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED,
    "action_time" datetime NOT NULL
);
CREATE TABLE "django_content_type" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "app_label" varchar(100) NOT NULL,
    "model" varchar(100) NOT NULL
);
INSERT INTO "django_content_type" VALUES(1,'admin','logentry');
INSERT INTO "django_content_type" VALUES(2,'auth','permission');
INSERT INTO "django_content_type" VALUES(3,'auth','group');
INSERT INTO "django_content_type" VALUES(4,'auth','user');
INSERT INTO "django_content_type" VALUES(5,'contenttypes','contenttype');
INSERT INTO "django_content_type" VALUES(6,'sessions','session');
INSERT INTO "django_content_type" VALUES(7,'token_blacklist','blacklistedtoken');
INSERT INTO "django_content_type" VALUES(8,'token_blacklist','outstandingtoken');
INSERT INTO "django_content_type" VALUES(9,'posts','post');
CREATE TABLE "django_migrations" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "app" varchar(255) NOT NULL,
    "name" varchar(255) NOT NULL,
    "applied" datetime NOT NULL
);
INSERT INTO "django_migrations" VALUES(1,'contenttypes','0001_initial','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(2,'auth','0001_initial','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(3,'admin','0001_initial','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(4,'admin','0002_logentry_remove_auto_add','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(5,'admin','0003_logentry_add_action_flag_choices','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(6,'contenttypes','0002_remove_content_type_name','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(7,'auth','0002_alter_permission_name_max_length','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(8,'auth','0003_alter_user_email_max_length','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(9,'auth','0004_alter_user_username_opts','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(10,'auth','0005_alter_user_last_login_null','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(11,'auth','0006_require_contenttypes_0002','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(12,'auth','0007_alter_validators_add_error_messages','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(13,'auth','0008_alter_user_username_max_length','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(14,'auth','0009_alter_user_last_name_max_length','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(15,'auth','0010_alter_group_name_max_length','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(16,'auth','0011_update_proxy_permissions','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(17,'auth','0012_alter_user_first_name_max_length','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(18,'posts','0001_initial','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(19,'sessions','0001_initial','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(20,'token_blacklist','0001_initial','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(21,'token_blacklist','0002_outstandingtoken_jti_hex','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(22,'token_blacklist','0003_auto_20171017_2007','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(23,'token_blacklist','0004_auto_20171017_2013','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(24,'token_blacklist','0005_remove_outstandingtoken_jti','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(25,'token_blacklist','0006_auto_20171017_2113','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(26,'token_blacklist','0007_auto_20171017_2214','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(27,'token_blacklist','0008_migrate_to_bigautofield','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(28,'token_blacklist','0010_fix_migrate_to_bigautofield','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(29,'token_blacklist','0011_linearizes_history','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(30,'token_blacklist','0012_alter_outstandingtoken_user','2026-11-30 21:31:57');
INSERT INTO "django_migrations" VALUES(31,'token_blacklist','0013_alter_blacklistedtoken_options_and_more','2026-11-30 21:31:57');
CREATE TABLE "django_session" (
    "session_key" varchar(40) NOT NULL PRIMARY KEY,
    "session_data" text NOT NULL,
    "expire_date" datetime NOT NULL
);
CREATE TABLE gatepost_event (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    at datetime NOT NULL,
    kind varchar(32) NOT NULL,
    user_id bigint NULL,
    family varchar(255) NOT NULL,
    jti varchar(255) NOT NULL,
    request_id varchar(64) NOT NULL,
    UNIQUE (kind, jti)
);
CREATE TABLE gatepost_idempotency (
    user_id bigint NOT NULL,
    key_hash varchar(64) NOT NULL,
    body_hash varchar(64) NOT NULL,
    post_id bigint NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (user_id, key_hash)
);
INSERT INTO "gatepost_idempotency" VALUES(1,'8a7525b1492fb84833f5c4a69b30f4bfbb134f9b666b61a2c1872d63d234c085','8f9a5f329a43b5483e268d35d8a6c8c111df59381c3633acb1a5be54ec8b5738',1,'2026-11-30 21:31:57.433638');
INSERT INTO "gatepost_idempotency" VALUES(1,'467beefaf5989d9b4cbc20d02d336af6c28b0734db663f6777f3c562a2ecb02b','611251c6dcb4a97bea47f62716a79505b087b72922fb36a5a442156be7424b18',2,'2026-11-30 21:31:57.469604');
CREATE TABLE gatepost_login (
    user_id bigint NOT NULL,
    address varchar(45) NOT NULL,
    at datetime NOT NULL,
    PRIMARY KEY (user_id, address)
) WITHOUT ROWID;
CREATE TABLE gatepost_meta (
    name varchar(64) NOT NULL PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO "gatepost_meta" VALUES('migrated_by','0.1.0');
INSERT INTO "gatepost_meta" VALUES('key_fingerprint','2070dc2aa3648e7956ebd933ec9a35e35cd65edd2314cf4189267cd527353fc5');
INSERT INTO "gatepost_meta" VALUES('refresh.reuse','revoke');
INSERT INTO "gatepost_meta" VALUES('tokens.stored','unsigned');
INSERT INTO "gatepost_meta" VALUES('server.use_tz','true');
INSERT INTO "gatepost_meta" VALUES('cleanup.slack','5');
INSERT INTO "gatepost_meta" VALUES('cleanup.clock','1796074317370029');
INSERT INTO "gatepost_meta" VALUES('cleanup.watermark','1796074317370010');
CREATE TABLE gatepost_migrations (number bigint NOT NULL PRIMARY KEY, name varchar(255) NOT NULL, applied_at varchar(32) NOT NULL, checksum varchar(64) NULL);
INSERT INTO "gatepost_migrations" VALUES(1,'django','2026-11-30T21:31:57.240712Z','fbbcd45b5b8f692f83df17c1569c6cd3ca5dd4ece14767ffea13641832483125');
INSERT INTO "gatepost_migrations" VALUES(2,'django_rows','2026-11-30T21:31:57.240712Z','780eb28a74382c06782f1404b5cf0b7681f64dc57a426cef7e1426d1aba8566d');
INSERT INTO "gatepost_migrations" VALUES(3,'gatepost','2026-11-30T21:31:57.240712Z','6ee2cb742d42f5f801e40f3f6de2ef26672435c9c2de74ca35177ee67cee2279');
INSERT INTO "gatepost_migrations" VALUES(4,'cleanup','2026-11-30T21:31:57.240712Z','730b597079021db4fed28ee0bf4f8d617c29d379b26e0eeda12976901c426f50');
INSERT INTO "gatepost_migrations" VALUES(5,'generations','2026-11-30T21:31:57.240712Z','89464f121629a2ecea5f96b57d9cce8f430d44cac28a3bed98ce2ffee231551f');
INSERT INTO "gatepost_migrations" VALUES(6,'throttle','2026-11-30T21:31:57.240712Z','616eacd3a39115ec2f183bee69f35b1f1a3376710cde39367fd9f7ce72585806');
INSERT INTO "gatepost_migrations" VALUES(7,'sessions','2026-11-30T21:31:57.240712Z','391f9739626263f30883e4a2e00f98679adfa1a1358d5ea0c1bccb8a9b5000a8');
INSERT INTO "gatepost_migrations" VALUES(8,'event_user','2026-11-30T21:31:57.240712Z','0ad2270921f04a6148b9e30728aaad2831ab1df4f81c44287054be93fcbcfbd2');
CREATE TABLE gatepost_rotation (
    parent_jti varchar(255) NOT NULL PRIMARY KEY,
    child_jti varchar(255) NOT NULL UNIQUE,
    family varchar(255) NOT NULL,
    user_id bigint NULL,
    key_hash varchar(64) NULL,
    issued_at datetime NOT NULL,
    parent_exp datetime NOT NULL,
    child_exp datetime NOT NULL
, generation bigint NOT NULL DEFAULT 0);
INSERT INTO "gatepost_rotation" VALUES('01a22e5f26734f669bfe1afe2e13ca50','01a22e5f269f41baa372d4f0d0a793aa','01a22e5f26734f669bfe1afe2e13ca50',1,'da18301db1d0f4095f935975f7276c3910f5dd4879a01864bfe92a6bf1f491c1','2026-11-30 21:31:57.471475','2126-11-06 21:31:57','2126-11-06 21:31:57',1);
CREATE TABLE gatepost_session (
    family varchar(255) NOT NULL PRIMARY KEY,
    label varchar(60) NOT NULL,
    begun datetime NOT NULL,
    until datetime NOT NULL
) WITHOUT ROWID;
INSERT INTO "gatepost_session" VALUES('01a22e5f26734f669bfe1afe2e13ca50','Python-urllib/3.11','2026-11-30 21:31:57.427090','2126-11-06 21:31:57');
INSERT INTO "gatepost_session" VALUES('01a22e5f26774a4785bb8d283c009846','Python-urllib/3.11','2026-11-30 21:31:57.431237','2126-11-06 21:31:57');
CREATE TABLE gatepost_throttle (
    bucket varchar(64) NOT NULL PRIMARY KEY,
    full_at bigint NOT NULL
) WITHOUT ROWID;
INSERT INTO "gatepost_throttle" VALUES('98d8db07bec76b924c63411ddcd0d22c987f192774624e7684b761b492d955b3',1796074317430451);
CREATE TABLE "posts_post" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "title" varchar(200) NOT NULL,
    "content" text NOT NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "author_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "posts_post" VALUES(1,'Notes','On the Analytical Engine','2026-11-30 21:31:57.433634','2026-11-30 21:31:57.433636',1);
INSERT INTO "posts_post" VALUES(2,'More notes','On the Analytical Engine','2026-11-30 21:31:57.469600','2026-11-30 21:31:57.469603',1);
CREATE TABLE "token_blacklist_blacklistedtoken" (
    "blacklisted_at" datetime NOT NULL,
    "token_id" bigint NOT NULL UNIQUE REFERENCES "token_blacklist_outstandingtoken" ("id") DEFERRABLE INITIALLY DEFERRED,
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT
);
INSERT INTO "token_blacklist_blacklistedtoken" VALUES('2026-11-30 21:31:57.471475',1,1);
INSERT INTO "token_blacklist_blacklistedtoken" VALUES('2026-11-30 21:31:57.473937',2,2);
CREATE TABLE "token_blacklist_outstandingtoken" (
    "token" text NOT NULL,
    "created_at" datetime NULL,
    "expires_at" datetime NOT NULL,
    "user_id" integer NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED,
    "jti" varchar(255) NOT NULL UNIQUE,
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT
);
INSERT INTO "token_blacklist_outstandingtoken" VALUES('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6NDk0OTY3NDMxNywiaWF0IjoxNzk2MDc0MzE3LCJqdGkiOiIwMWEyMmU1ZjI2NzM0ZjY2OWJmZTFhZmUyZTEzY2E1MCIsInVzZXJfaWQiOiIxIn0.','2026-11-30 21:31:57.427090','2126-11-06 21:31:57',1,'01a22e5f26734f669bfe1afe2e13ca50',1);
INSERT INTO "token_blacklist_outstandingtoken" VALUES('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6NDk0OTY3NDMxNywiaWF0IjoxNzk2MDc0MzE3LCJqdGkiOiIwMWEyMmU1ZjI2Nzc0YTQ3ODViYjhkMjgzYzAwOTg0NiIsInVzZXJfaWQiOiIxIn0.','2026-11-30 21:31:57.431237','2126-11-06 21:31:57',1,'01a22e5f26774a4785bb8d283c009846',2);
INSERT INTO "token_blacklist_outstandingtoken" VALUES('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6NDk0OTY3NDMxNywiaWF0IjoxNzk2MDc0MzE3LCJqdGkiOiIwMWEyMmU1ZjI2OWY0MWJhYTM3MmQ0ZjBkMGE3OTNhYSIsInVzZXJfaWQiOiIxIn0.','2026-11-30 21:31:57.471475','2126-11-06 21:31:57',1,'01a22e5f269f41baa372d4f0d0a793aa',3);
CREATE UNIQUE INDEX "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" ON "auth_group_permissions" ("group_id", "permission_id");
CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id");
CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id");
CREATE UNIQUE INDEX "auth_user_groups_user_id_group_id_94350c0c_uniq" ON "auth_user_groups" ("user_id", "group_id");
CREATE INDEX "auth_user_groups_user_id_6a12ed8b" ON "auth_user_groups" ("user_id");
CREATE INDEX "auth_user_groups_group_id_97559544" ON "auth_user_groups" ("group_id");
CREATE UNIQUE INDEX "auth_user_user_permissions_user_id_permission_id_14a6b632_uniq" ON "auth_user_user_permissions" ("user_id", "permission_id");
CREATE INDEX "auth_user_user_permissions_user_id_a95ead1b" ON "auth_user_user_permissions" ("user_id");
CREATE INDEX "auth_user_user_permissions_permission_id_1fbb5f2c" ON "auth_user_user_permissions" ("permission_id");
CREATE INDEX "django_admin_log_content_type_id_c4bce8eb" ON "django_admin_log" ("content_type_id");
CREATE INDEX "django_admin_log_user_id_c564eba6" ON "django_admin_log" ("user_id");
CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");
CREATE UNIQUE INDEX "auth_permission_content_type_id_codename_01ab375a_uniq" ON "auth_permission" ("content_type_id", "codename");
CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id");
CREATE INDEX "posts_post_author_id_fe5487bf" ON "posts_post" ("author_id");
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date");
CREATE INDEX "token_blacklist_outstandingtoken_user_id_83bc629a" ON "token_blacklist_outstandingtoken" ("user_id");
CREATE INDEX gatepost_rotation_child_exp ON gatepost_rotation (child_exp, parent_jti);
CREATE INDEX gatepost_idempotency_created_at ON gatepost_idempotency (created_at);
CREATE INDEX gatepost_rotation_generation ON gatepost_rotation (family, generation);
CREATE INDEX gatepost_login_at ON gatepost_login (at);
CREATE INDEX gatepost_session_until ON gatepost_session (until);
CREATE INDEX gatepost_event_user_id ON gatepost_event (user_id);
CREATE INDEX gatepost_outstanding_expires_at ON token_blacklist_outstandingtoken (expires_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('django_migrations',31);
INSERT INTO "sqlite_sequence" VALUES('django_content_type',9);
INSERT INTO "sqlite_sequence" VALUES('auth_permission',36);
INSERT INTO "sqlite_sequence" VALUES('auth_user',1);
INSERT INTO "sqlite_sequence" VALUES('token_blacklist_outstandingtoken',3);
INSERT INTO "sqlite_sequence" VALUES('posts_post',2);
INSERT INTO "sqlite_sequence" VALUES('token_blacklist_blacklistedtoken',2);
COMMIT;
