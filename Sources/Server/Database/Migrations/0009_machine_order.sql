-- The order that lists of machines have if nobody asks for another: a page is read without sorting all of them.
CREATE INDEX machine_created ON "Machine" ("createdAt" DESC NULLS LAST, "id");
