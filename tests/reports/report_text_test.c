// SPDX-License-Identifier: MIT
//
// Cleaning, escaping, numbers for people, the renderers of tables, SVG checks, label places.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gnuplot.h"
#include "label_layout.h"
#include "network_name.h"
#include "number_text.h"
#include "plot_data.h"
#include "report_pool.h"
#include "table.h"

static void test_clean(void** state) {
  (void)state;
  static const struct {
    const char *in, *out;
  } kCases[] = {
      {"plain", "plain"},
      {"größe 模型 😀", "größe 模型 😀"},
      {"a\nb\tc", "a b c"},
      {"bell\a", "bell\xEF\xBF\xBD"},
      {"cut \xE6\xA8", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
      {"overlong \xC0\xAF", "overlong \xEF\xBF\xBD\xEF\xBF\xBD"},
      {"surrogate \xED\xA0\x80", "surrogate \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"turned \xE2\x80\xAE"
       "exe",
       "turned \xEF\xBF\xBD"
       "exe"},
      {"", ""},
  };
  lm_pool pool = {0};
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    assert_string_equal(lm__pool_clean(&pool, kCases[i].in), kCases[i].out);
  }
  lm__pool_deinit(&pool);
}

static void test_shorten(void** state) {
  (void)state;
  lm_pool pool = {0};
  assert_string_equal(lm__pool_shorten(&pool, "short", 5), "short");
  assert_string_equal(lm__pool_shorten(&pool, "abcdefghij", 7), "abcd…ij");
  assert_string_equal(lm__pool_shorten(&pool, "ääääääääää", 7), "ääää…ää");
  assert_int_equal(lm__text_width(lm__pool_shorten(&pool, "模型模型模型模型", 4)), 4);
  lm__pool_deinit(&pool);
}

static void test_pool_large(void** state) {
  (void)state;
  lm_pool pool = {0};
  assert_null(lm__pool_array(&pool, SIZE_MAX / 4, 16));
  assert_true(pool.failed);
  pool.failed = false;
  char* big = lm__pool_array(&pool, 300000, 1);
  assert_non_null(big);
  memset(big, 'x', 299999);
  assert_int_equal(strlen(lm__pool_print(&pool, "%s", big)), 299999);
  assert_false(pool.failed);
  lm__pool_deinit(&pool);
}

static void test_network_names(void** state) {
  (void)state;
  static const struct {
    const char *in, *out;
  } kCases[] = {
      {"mobilenet_v2_1.0_224_quant", "mobilenet_v2_1.0_224"},
      {"mobilenet_v2_1.0_224", "mobilenet_v2_1.0_224"},
      {"glyphs_float32", "glyphs"},
      {"glyphs_Full_Integer_Quant", "glyphs"},
      {"kws-int8", "kws"},
      {"int8", "int8"},
      {"quantum_net", "quantum_net"},
      {"", ""},
  };
  lm_pool pool = {0};
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    assert_string_equal(lm__network_name(&pool, kCases[i].in), kCases[i].out);
  }
  assert_true(lm__network_same_shapes("1×224×224×3 float32", "1×224×224×3 int8"));
  assert_false(lm__network_same_shapes("1×224×224×3 float32", "1×192×192×3 float32"));
  assert_false(lm__network_same_shapes("1×2 a; 1×3 b", "1×2 a"));
  assert_true(lm__network_same_shapes("1×2 a; 1×3 b", "1×2 x; 1×3 y"));
  lm__pool_deinit(&pool);
}

static void test_numbers(void** state) {
  (void)state;
  lm_pool p = {0};
  assert_null(lm__text_fixed(&p, NAN, 2));
  assert_null(lm__text_bytes(&p, NAN));
  assert_null(lm__text_interval(&p, (lm_interval){NAN, NAN}, 2));
  assert_string_equal(lm__text_bytes(&p, 0), "0 B");
  assert_string_equal(lm__text_bytes(&p, 999), "999 B");
  assert_string_equal(lm__text_bytes(&p, 13978596), "13.3 MiB");
  assert_string_equal(lm__text_bytes(&p, 104857600), "100 MiB");
  assert_string_equal(lm__text_count(&p, 300774272), "301 M");
  assert_string_equal(lm__text_count(&p, 0), "0");
  assert_string_equal(lm__text_interval(&p, (lm_interval){1.234, 5.678}, 2), "1.23–5.68");
  assert_string_equal(lm__text_percent(&p, 0.704, 2), "70.40 %");
  assert_string_equal(lm__text_points(&p, -0.012), "−1.20");
  assert_string_equal(lm__text_points(&p, 0.004), "+0.40");
  assert_string_equal(lm__text_points(&p, -1e-9), "0.00");
  assert_string_equal(lm__text_times(&p, 2.978), "2.98×");
  assert_null(lm__text_times(&p, INFINITY));
  assert_string_equal(lm__text_p(&p, 0.3075), "0.31");
  assert_string_equal(lm__text_p(&p, 1e-9), "< 0.001");
  assert_string_equal(lm__text_p(&p, 0.0042), "0.004");
  lm__pool_deinit(&p);
}

// What `write` prints.
static char* capture(void (*write)(const lm_table* t, FILE* out), const lm_table* t) {
  char* buffer = NULL;
  size_t size = 0;
  FILE* out = open_memstream(&buffer, &size);
  assert_non_null(out);
  write(t, out);
  assert_int_equal(fclose(out), 0);
  return buffer;
}

static void write_narrow(const lm_table* t, FILE* out) { lm__table_write_text(t, 8, out); }

static void fill(lm_table* t, lm_pool* pool) {
  static const lm_column kColumns[] = {
      {"Name", false, NULL}, {"ms", true, NULL}, {"Nothing", true, NULL}, {"Note", false, NULL}};
  lm__table_init(t, pool, NULL, kColumns, 4);
  lm__table_add(t, "=1+1, \"x\"");
  lm__table_add(t, "1.50");
  lm__table_add(t, NULL);
  lm__table_add(t, "<b>|a_b|</b> 'q'");
  lm__table_add(t, "ä");
  lm__table_add(t, "-20.25")->is_number = true;
  lm__table_add(t, NULL);
  lm__table_add(t, NULL);
  lm__table_prune(t);
}

static void test_table_renderers(void** state) {
  (void)state;
  lm_pool pool = {0};
  lm_table t;
  fill(&t, &pool);
  assert_int_equal(t.column_count, 3);
  static const struct {
    void (*write)(const lm_table* t, FILE* out);
    const char* out;
  } kCases[] = {
      {lm__table_write_csv,
       "Name,ms,Note\r\n\"'=1+1, \"\"x\"\"\",1.50,<b>|a_b|</b> 'q'\r\nä,-20.25,\r\n"},
      {lm__table_write_markdown,
       "| Name | ms | Note |\n| --- | ---: | --- |\n"
       "| =1+1, \"x\" | 1.50 | &lt;b>\\|a\\_b\\|&lt;/b> 'q' |\n| ä | -20.25 | – |\n"},
      {write_narrow, "Name          ms  Note\n=1+1,…x\"    1.50  <b>|a…q'\nä         -20.25  –\n"},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    char* text = capture(kCases[i].write, &t);
    if (strcmp(text, kCases[i].out) != 0) print_error("case %zu:\n%s\n", i, text);
    assert_string_equal(text, kCases[i].out);
    free(text);
  }
  char* html = capture(lm__table_write_html, &t);
  assert_non_null(strstr(html, "&lt;b&gt;|a_b|&lt;/b&gt; &#39;q&#39;"));
  assert_null(strstr(html, "<b>"));
  free(html);
  lm__pool_deinit(&pool);
}

static void test_svg_check(void** state) {
  (void)state;
  static const struct {
    const char* svg;
    bool plain;
  } kCases[] = {
      {"<?xml?><svg><g><text>a</text></g></svg>\n", true},
      {"<svg><use xlink:href='#a'/></svg>", true},
      {"<svg><text>a</text>", false},
      {"<svg><script>alert(1)</script></svg>", false},
      {"<svg><g onload=\"x\"></g></svg>", false},
      {"<svg><use xlink:href='http://a/'/></svg>", false},
      {"<svg><use href=\"javascript:a\"/></svg>", false},
      {"<svg></svg><svg></svg>", false},
      {"<svg><textarea></svg>", false},
      {"<svg><!-- --></svg>", false},
      {"", false},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    if (lm__svg_is_plain(kCases[i].svg) != kCases[i].plain) print_error("case %zu\n", i);
    assert_int_equal(lm__svg_is_plain(kCases[i].svg), kCases[i].plain);
  }
  lm_pool pool = {0};
  assert_string_equal(
      lm__svg_inline(&pool, "<?xml?>\n<svg><title>x</title><g id='a'/><use href='#a'/></svg>", "p"),
      "<svg><g id='p-a'/><use href='#p-a'/></svg>");
  lm__pool_deinit(&pool);
}

static void test_plot_label(void** state) {
  (void)state;
  lm_pool pool = {0};
  const char* label = lm__plot_label(&pool, "a\"b'c`d\\e<f>g&h%i$j@k#l", 80);
  assert_null(strpbrk(label, "\"'`\\<>&%$@#\t\n"));
  assert_string_equal(lm__plot_label(&pool, "mobilenet_v2 · cpu", 80), "mobilenet_v2 · cpu");
  lm__pool_deinit(&pool);
}

static void test_label_layout(void** state) {
  (void)state;
  enum { COUNT = 8 };
  const lm_box area = {70, 30, 880, 440};
  lm_placed_label labels[COUNT];
  // All points nearly on one spot: the hardest case.
  for (int i = 0; i < COUNT; ++i) {
    const double x = 400 + i, y = 200 + i;
    labels[i] = (lm_placed_label){.x = x, .y = y, .whiskers = {x, y, x, y}, .width = 150};
  }
  lm__label_layout(labels, COUNT, area);
  for (int i = 0; i < COUNT; ++i) {
    const lm_placed_label* a = &labels[i];
    const double left = a->align > 0 ? a->label_x : a->label_x - a->width;
    assert_true(left >= area.left && left + a->width <= area.right);
    assert_true(a->label_y >= area.top && a->label_y <= area.bottom);
    for (int k = 0; k < i; ++k) {
      const bool same_side = labels[k].align == a->align;
      assert_false(same_side && fabs(labels[k].label_y - a->label_y) < 13);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_clean),        cmocka_unit_test(test_shorten),
      cmocka_unit_test(test_pool_large),   cmocka_unit_test(test_network_names),
      cmocka_unit_test(test_numbers),      cmocka_unit_test(test_table_renderers),
      cmocka_unit_test(test_svg_check),    cmocka_unit_test(test_plot_label),
      cmocka_unit_test(test_label_layout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
