#pragma once
// Files that the program carries with it (cmake/PortsideEmbed.cmake). Each array ends with a null path.

namespace portside::tools {

struct EmbeddedFile {
  const char* path;
  const char* text;
};

extern const EmbeddedFile kDriverTemplate[];  // what `portside new` writes; @NAME@ and @TAG@ stand for the driver's
extern const EmbeddedFile kImportLists[];     // cmake/imports: path is the image, "portcls.sys"

}  // namespace portside::tools
