// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"

static const char* const kElements[] = {
    "svg",    "g",       "path",  "text", "tspan", "rect",    "use",      "circle",     "defs",
    "filter", "feFlood", "title", "desc", "line",  "polygon", "polyline", "feComposite"};

static bool is_known_element(const char* name) {
  const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  for (size_t i = 0; i < sizeof kElements / sizeof kElements[0]; ++i) {
    if (strlen(kElements[i]) == length && strncmp(kElements[i], name, length) == 0) return true;
  }
  return false;
}

// Attributes that begin with "on", and links elsewhere, would be more than drawing.
static bool tag_is_plain(const char* tag, size_t length) {
  for (size_t i = 1; i + 3 < length; ++i) {
    if (strncmp(tag + i, " on", 3) == 0 || strncmp(tag + i, "\ton", 3) == 0) return false;
    if (strncmp(tag + i, "href='", 6) == 0 && tag[i + 6] != '#') return false;
    if (strncmp(tag + i, "href=\"", 6) == 0 && tag[i + 6] != '#') return false;
  }
  return true;
}

bool lm__svg_is_plain(const char* svg) {
  const char* root = strstr(svg, "<svg");
  if (root == NULL) return false;
  bool closed = false;
  for (const char* c = strchr(root, '<'); c != NULL; c = strchr(c + 1, '<')) {
    if (closed) return false;
    const bool ends = c[1] == '/';
    if (!is_known_element(c + 1 + ends) || !tag_is_plain(c, strcspn(c, ">"))) return false;
    closed = strncmp(c, "</svg>", 6) == 0;
  }
  return closed;
}

// Copies from the root element on; each id, and each reference to one, gets `name` in front.
static void write_body(FILE* out, const char* svg, const char* name) {
  static const char* const kMarks[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#", "url('#"};
  for (const char* c = svg; *c != '\0';) {
    if (strncmp(c, "<title>", 7) == 0) {
      const char* end = strstr(c, "</title>");
      c = end != NULL ? end + 8 : c + 7;
      continue;
    }
    size_t length = 0;
    for (size_t i = 0; i < sizeof kMarks / sizeof kMarks[0] && length == 0; ++i) {
      if (strncmp(c, kMarks[i], strlen(kMarks[i])) == 0) length = strlen(kMarks[i]);
    }
    if (length == 0) {
      fputc(*c++, out);
      continue;
    }
    fprintf(out, "%.*s%s-", (int)length, c, name);
    c += length;
  }
}

static const char* rewrite(lm_pool* pool, const char* svg, const char* name, const char* css) {
  const char* root = strstr(svg, "<svg");
  char* buffer = NULL;
  size_t size = 0;
  FILE* out = open_memstream(&buffer, &size);
  if (out == NULL || root == NULL) {
    if (out != NULL) fclose(out);
    free(buffer);
    pool->failed = true;
    return "";
  }
  if (css != NULL) {
    const size_t head = strcspn(root, ">") + 1;
    fprintf(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n%.*s\n<style>\n%s</style>", (int)head,
            root, css);
    root += head;
  }
  write_body(out, root, name);
  const bool ok = fclose(out) == 0 && buffer != NULL;
  const char* text = ok ? lm__pool_print(pool, "%s", buffer) : "";
  if (!ok) pool->failed = true;
  free(buffer);
  return text;
}

const char* lm__svg_inline(lm_pool* pool, const char* svg, const char* name) {
  return rewrite(pool, svg, name, NULL);
}

const char* lm__svg_standalone(lm_pool* pool, const char* svg, const char* name, const char* css) {
  return rewrite(pool, svg, name, css);
}
