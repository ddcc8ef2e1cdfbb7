# cJSON is one file. It recurses: the nesting limit bounds its stack (the deepest document of ours,
# the configuration, needs fewer than ten levels).
build() { # SOURCE BUILD PREFIX
  mkdir -p "$3/include/cjson"
  cp "$1/cJSON.h" "$3/include/cjson/"
  include_flags="-DCJSON_NESTING_LIMIT=32 -DCJSON_CIRCULAR_LIMIT=32"
  archive "$3/lib/libcjson.a" "$1/cJSON.c"
}
