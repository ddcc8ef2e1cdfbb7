# c-ares, driven by our event loop: no threads, no tools.
build() { # SOURCE BUILD PREFIX
  configure_cmake "$1" "$2" "$3" "" \
    -DCARES_STATIC=ON -DCARES_SHARED=OFF -DCARES_STATIC_PIC=OFF -DCARES_BUILD_TOOLS=OFF \
    -DCARES_BUILD_TESTS=OFF -DCARES_THREADS=OFF -DCARES_INSTALL=ON
  ninja -C "$2" install
  rm -rf "$3/lib/pkgconfig" "$3/lib/cmake" "$3/share"
}
