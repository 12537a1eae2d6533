#ifndef BAY_CPOSTGRES_H
#define BAY_CPOSTGRES_H
#include <libpq-fe.h>
#endif
