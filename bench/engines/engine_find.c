// SPDX-License-Identifier: MIT
//
// Where the wheels of the active Python environment lie.
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

// The last match in name order, which prefers libx.so.2 to libx.so.1. OWNED; NULL: none.
static char* last_match(const char* pattern) {
  glob_t found = {0};
  char* path = NULL;
  if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0) {
    path = strdup(found.gl_pathv[found.gl_pathc - 1]);
  }
  globfree(&found);
  return path;
}

static char* match_under(const char* folder, const char* middle, const char* pattern) {
  char full[4096];
  const int length = snprintf(full, sizeof full, "%s%s/%s", folder, middle, pattern);
  return length > 0 && (size_t)length < sizeof full ? last_match(full) : NULL;
}

// Asks the interpreter, which knows about venvs, user folders and distributions' own ways. `site`
// is imported at every start anyway.
static char* ask_python(const char* pattern) {
  static const char kCommand[] =
      "python3 -c 'import site; print(*site.getsitepackages(), site.getusersitepackages(), "
      "sep=\"\\n\")' 2>/dev/null";
  FILE* pipe = popen(kCommand, "r");
  if (pipe == NULL) return NULL;
  char line[2048];
  char* path = NULL;
  while (fgets(line, sizeof line, pipe) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (path == NULL && line[0] == '/') path = match_under(line, "", pattern);
  }
  pclose(pipe);
  return path;
}

char* lm_engine_find_library(const char* pattern) {
  const char* environment = getenv("VIRTUAL_ENV");
  if (environment == NULL || environment[0] == '\0') return ask_python(pattern);
  char* path = match_under(environment, "/lib/python3*/site-packages", pattern);
  return path != NULL ? path : match_under(environment, "/lib64/python3*/site-packages", pattern);
}

// Cuts the last component off; false when there is none.
static bool parent(char* path) {
  char* slash = strrchr(path, '/');
  if (slash == NULL || slash == path) return false;
  *slash = '\0';
  return true;
}

char* lm_engine_wheel_version(const char* path) {
  char folder[2048];
  if ((size_t)snprintf(folder, sizeof folder, "%s", path) >= sizeof folder) return NULL;
  if (!parent(folder)) return NULL;
  char package[256];
  const char* slash = strrchr(folder, '/');
  if (slash == NULL) return NULL;
  snprintf(package, sizeof package, "%s", slash + 1);
  if (!parent(folder)) return NULL;
  char pattern[300];
  snprintf(pattern, sizeof pattern, "%s-*.dist-info", package);
  char* info = match_under(folder, "", pattern);
  if (info == NULL) return NULL;
  // ".../ai_edge_litert-2.3.0.dist-info": between the last '-' before the suffix and the suffix.
  char* end = strstr(strrchr(info, '/'), ".dist-info");
  char* begin = strrchr(info, '/') + 1 + strlen(package) + 1;
  char* version = end != NULL && end > begin ? strndup(begin, (size_t)(end - begin)) : NULL;
  free(info);
  return version;
}
