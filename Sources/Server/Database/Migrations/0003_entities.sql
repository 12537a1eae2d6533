-- The catalogue of applications, which machine got which of them, and what the web front end looks like.

CREATE TABLE "Application" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    "description" text,
    "version" text,
    "url" text,
    "icon" text,
    "os" text[],
    "installCommand" jsonb NOT NULL,
    "parameters" jsonb NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "Application_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "MachineApplication" (
    "machineId" text NOT NULL,
    "applicationId" text NOT NULL,
    "parameters" jsonb NOT NULL,
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "MachineApplication_pkey" PRIMARY KEY ("machineId", "applicationId"),
    CONSTRAINT "MachineApplication_applicationId_fkey" FOREIGN KEY ("applicationId")
        REFERENCES "Application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "MachineApplication_machineId_fkey" FOREIGN KEY ("machineId")
        REFERENCES "Machine" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "AppSettings" (
    "id" text NOT NULL,
    "theme" text NOT NULL DEFAULT 'system',
    "wallpaper" text NOT NULL DEFAULT 'wallpaper1.jpg',
    "logoUrl" text,
    "interfaceSize" text NOT NULL DEFAULT 'xl',
    "createdAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    "updatedAt" timestamp(3) NOT NULL DEFAULT timezone('UTC', now()),
    CONSTRAINT "AppSettings_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "AppSettings_id_idx" ON "AppSettings" ("id");

CREATE TRIGGER touch BEFORE UPDATE ON "Application" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "MachineApplication" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON "AppSettings" FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- The only row there ever is.
INSERT INTO "AppSettings" ("id") VALUES ('default-settings');

-- What is asked again and again: how many machines a department, a template or an application has. The primary key of
-- "MachineApplication" begins with the machine, so the other side has an index of its own.
CREATE INDEX machine_department ON "Machine" ("departmentId");
CREATE INDEX machine_template ON "Machine" ("templateId");
CREATE INDEX template_category ON "MachineTemplate" ("categoryId");
CREATE INDEX machine_application ON "MachineApplication" ("applicationId");
