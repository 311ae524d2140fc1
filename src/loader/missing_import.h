#pragma once
// What stands behind an import that nobody resolved, when the load was allowed all the same.

namespace portside::loader {

// Bug-checks with the name of the function that was called, and the driver's stack.
void* missing_import_address();

}  // namespace portside::loader
