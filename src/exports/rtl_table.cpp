// Generic tables (ntddk: RtlInitializeGenericTableAvl, RtlInitializeGenericTable): one implementation for both names. Elements
// are kept in key order; enumeration and lookup have the documented results. The shape of the tree is the kernel's own affair:
// drivers see elements, counts and order, and both kinds here are the same AVL tree with different fields around it.

#include <cstring>

#include "exports/api.h"

using namespace portside;
using namespace portside::exports;

namespace {

// What lies in front of a driver's element. RTL_BALANCED_LINKS, which the splay table's three pointers are a prefix of, is 32
// bytes: what the driver's allocation routine is asked for is this much more than the element.
using Links = RTL_BALANCED_LINKS;
static_assert(sizeof(Links) == 32);

void* element_of(Links* links) { return links ? links + 1 : nullptr; }

int height(const Links* links) { return links ? links->Balance : 0; }  // Balance holds the height: opaque to drivers

void settle(Links* links) {
  links->Balance = static_cast<CHAR>(1 + std::max(height(links->LeftChild), height(links->RightChild)));
}

Links* leftmost(Links* links) {
  while (links && links->LeftChild) links = links->LeftChild;
  return links;
}
Links* successor(Links* links) {
  if (links->RightChild) return leftmost(links->RightChild);
  Links* parent = links->Parent;
  while (parent && parent->RightChild == links) {
    links = parent;
    parent = parent->Parent;
  }
  return parent;
}

// A table's root pointer and counters, of either kind; `Table` calls the driver's routines with its own pointer.
template <class Table>
class Tree {
 public:
  explicit Tree(Table* table) : table_(table) {}

  Links* find(void* key, Links** parent = nullptr, bool* left = nullptr) {
    Links* at = root();
    Links* above = nullptr;
    while (at) {
      const RTL_GENERIC_COMPARE_RESULTS order = table_->CompareRoutine(table_, key, element_of(at));
      if (order == GenericEqual) return at;
      above = at;
      if (left) *left = order == GenericLessThan;
      at = order == GenericLessThan ? at->LeftChild : at->RightChild;
    }
    if (parent) *parent = above;
    return nullptr;
  }

  void* insert(void* element, LONG bytes, BOOLEAN* is_new) {
    Links* parent = nullptr;
    bool left = false;
    if (is_new) *is_new = FALSE;
    if (Links* known = find(element, &parent, &left)) return element_of(known);
    auto* made = static_cast<Links*>(table_->AllocateRoutine(table_, static_cast<LONG>(sizeof(Links)) + bytes));
    if (!made) return nullptr;
    *made = {};
    made->Parent = parent;
    made->Balance = 1;
    std::memcpy(element_of(made), element, static_cast<size_t>(bytes));
    if (!parent) set_root(made);
    else (left ? parent->LeftChild : parent->RightChild) = made;
    rebalance(parent);
    ++table_->NumberGenericTableElements;
    forget_position();
    if (is_new) *is_new = TRUE;
    return element_of(made);
  }

  bool remove(void* key) {
    Links* gone = find(key);
    if (!gone) return false;
    Links* start = gone->Parent;
    if (gone->LeftChild && gone->RightChild) {
      Links* heir = leftmost(gone->RightChild);
      start = heir->Parent == gone ? heir : heir->Parent;
      if (heir->Parent != gone) {
        replace(heir, heir->RightChild);
        heir->RightChild = gone->RightChild;
        heir->RightChild->Parent = heir;
      }
      replace(gone, heir);
      heir->LeftChild = gone->LeftChild;
      heir->LeftChild->Parent = heir;
    } else {
      replace(gone, gone->LeftChild ? gone->LeftChild : gone->RightChild);
    }
    rebalance(start);
    --table_->NumberGenericTableElements;
    forget_position();
    table_->FreeRoutine(table_, gone);
    return true;
  }

  Links* first() { return leftmost(root()); }
  Links* at(ULONG index) {
    Links* links = first();
    while (links && index--) links = successor(links);
    return links;
  }
  // Enumeration with the position in the table: the next element, or the first.
  void* enumerate(bool restart) {
    if (restart) table_->WhichOrderedElement = 0;
    Links* links = at(table_->WhichOrderedElement);
    if (links) ++table_->WhichOrderedElement;
    return element_of(links);
  }
  // With the position at the caller's: an element's links, null before the first.
  void* enumerate(PVOID* position) {
    Links* links = *position ? successor(static_cast<Links*>(*position)) : first();
    if (links) *position = links;
    return element_of(links);
  }

 private:
  Links* root() {
    if constexpr (requires { table_->BalancedRoot; }) return table_->BalancedRoot.RightChild;
    else return reinterpret_cast<Links*>(table_->TableRoot);
  }
  void set_root(Links* links) {
    if constexpr (requires { table_->BalancedRoot; }) table_->BalancedRoot.RightChild = links;
    else table_->TableRoot = reinterpret_cast<PRTL_SPLAY_LINKS>(links);
    if (links) links->Parent = nullptr;
    if constexpr (requires { table_->DepthOfTree; }) table_->DepthOfTree = static_cast<ULONG>(height(links));
  }
  void forget_position() { table_->OrderedPointer = nullptr; }
  // `links` leaves its place in its parent to `other`, which may be null.
  void replace(Links* links, Links* other) {
    Links* parent = links->Parent;
    if (other) other->Parent = parent;
    if (!parent) set_root(other);
    else (parent->LeftChild == links ? parent->LeftChild : parent->RightChild) = other;
  }
  Links* rotate(Links* top, bool to_left) {
    Links* pivot = to_left ? top->RightChild : top->LeftChild;
    replace(top, pivot);
    Links* moved = to_left ? pivot->LeftChild : pivot->RightChild;
    (to_left ? top->RightChild : top->LeftChild) = moved;
    if (moved) moved->Parent = top;
    (to_left ? pivot->LeftChild : pivot->RightChild) = top;
    top->Parent = pivot;
    settle(top);
    settle(pivot);
    return pivot;
  }
  void rebalance(Links* links) {
    while (links) {
      settle(links);
      const int lean = height(links->LeftChild) - height(links->RightChild);
      if (lean > 1) {
        if (height(links->LeftChild->LeftChild) < height(links->LeftChild->RightChild)) rotate(links->LeftChild, true);
        links = rotate(links, false);
      } else if (lean < -1) {
        if (height(links->RightChild->RightChild) < height(links->RightChild->LeftChild))
          rotate(links->RightChild, false);
        links = rotate(links, true);
      }
      if (!links->Parent) set_root(links);
      links = links->Parent;
    }
  }

  Table* table_;
};

template <class Table>
Tree<Table> tree(Table* table) {
  return Tree<Table>(table);
}

}  // namespace

extern "C" {

VOID NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table, PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                        PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine, PRTL_AVL_FREE_ROUTINE FreeRoutine,
                                        PVOID TableContext) {
  ApiScope scope("RtlInitializeGenericTableAvl");
  *Table = {};
  Table->BalancedRoot.Parent = &Table->BalancedRoot;
  Table->CompareRoutine = CompareRoutine;
  Table->AllocateRoutine = AllocateRoutine;
  Table->FreeRoutine = FreeRoutine;
  Table->TableContext = TableContext;
}
VOID NTAPI RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table, PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                     PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                     PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext) {
  ApiScope scope("RtlInitializeGenericTable");
  *Table = {};
  InitializeListHead(&Table->InsertOrderList);
  Table->CompareRoutine = CompareRoutine;
  Table->AllocateRoutine = AllocateRoutine;
  Table->FreeRoutine = FreeRoutine;
  Table->TableContext = TableContext;
}
#define PORTSIDE_TABLE_FUNCTIONS(Suffix, Type)                                                                        \
  PVOID NTAPI RtlInsertElementGenericTable##Suffix(Type* Table, PVOID Buffer, LONG BufferSize, PBOOLEAN NewElement) { \
    ApiScope scope("RtlInsertElementGenericTable" #Suffix);                                                           \
    return tree(Table).insert(Buffer, BufferSize, NewElement);                                                        \
  }                                                                                                                   \
  BOOLEAN NTAPI RtlDeleteElementGenericTable##Suffix(Type* Table, PVOID Buffer) {                                     \
    ApiScope scope("RtlDeleteElementGenericTable" #Suffix);                                                           \
    return tree(Table).remove(Buffer);                                                                                \
  }                                                                                                                   \
  PVOID NTAPI RtlLookupElementGenericTable##Suffix(Type* Table, PVOID Buffer) {                                       \
    ApiScope scope("RtlLookupElementGenericTable" #Suffix);                                                           \
    return element_of(tree(Table).find(Buffer));                                                                      \
  }                                                                                                                   \
  PVOID NTAPI RtlEnumerateGenericTable##Suffix(Type* Table, BOOLEAN Restart) {                                        \
    ApiScope scope("RtlEnumerateGenericTable" #Suffix);                                                               \
    return tree(Table).enumerate(Restart);                                                                            \
  }                                                                                                                   \
  PVOID NTAPI RtlEnumerateGenericTableWithoutSplaying##Suffix(Type* Table, PVOID* RestartKey) {                       \
    ApiScope scope("RtlEnumerateGenericTableWithoutSplaying" #Suffix);                                                \
    return tree(Table).enumerate(RestartKey);                                                                         \
  }                                                                                                                   \
  PVOID NTAPI RtlGetElementGenericTable##Suffix(Type* Table, ULONG I) {                                               \
    ApiScope scope("RtlGetElementGenericTable" #Suffix);                                                              \
    return element_of(tree(Table).at(I));                                                                             \
  }                                                                                                                   \
  ULONG NTAPI RtlNumberGenericTableElements##Suffix(Type* Table) {                                                    \
    ApiScope scope("RtlNumberGenericTableElements" #Suffix);                                                          \
    return Table->NumberGenericTableElements;                                                                         \
  }                                                                                                                   \
  BOOLEAN NTAPI RtlIsGenericTableEmpty##Suffix(Type* Table) {                                                         \
    ApiScope scope("RtlIsGenericTableEmpty" #Suffix);                                                                 \
    return Table->NumberGenericTableElements == 0;                                                                    \
  }
PORTSIDE_TABLE_FUNCTIONS(Avl, RTL_AVL_TABLE)
PORTSIDE_TABLE_FUNCTIONS(, RTL_GENERIC_TABLE)

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kByKey[] = "in key order; the splay table is the AVL table in other clothes";
const Export kRtlTableRows[] = {
    EXPORT(NtosKrnl, RtlInitializeGenericTableAvl),
    EXPORT(NtosKrnl, RtlInsertElementGenericTableAvl),
    EXPORT(NtosKrnl, RtlDeleteElementGenericTableAvl),
    EXPORT(NtosKrnl, RtlLookupElementGenericTableAvl),
    EXPORT(NtosKrnl, RtlEnumerateGenericTableAvl),
    EXPORT(NtosKrnl, RtlEnumerateGenericTableWithoutSplayingAvl),
    EXPORT(NtosKrnl, RtlGetElementGenericTableAvl),
    EXPORT(NtosKrnl, RtlNumberGenericTableElementsAvl),
    EXPORT(NtosKrnl, RtlIsGenericTableEmptyAvl),
    EXPORT_PARTIAL(NtosKrnl, RtlInitializeGenericTable, kByKey),
    EXPORT_PARTIAL(NtosKrnl, RtlInsertElementGenericTable, kByKey),
    EXPORT(NtosKrnl, RtlDeleteElementGenericTable),
    EXPORT(NtosKrnl, RtlLookupElementGenericTable),
    EXPORT(NtosKrnl, RtlEnumerateGenericTable),
    EXPORT(NtosKrnl, RtlEnumerateGenericTableWithoutSplaying),
    EXPORT_PARTIAL(NtosKrnl, RtlGetElementGenericTable, "the I-th by key, not by insertion"),
    EXPORT(NtosKrnl, RtlNumberGenericTableElements),
    EXPORT(NtosKrnl, RtlIsGenericTableEmpty),
};
}  // namespace
const ExportSet kRtlTableExports{kRtlTableRows};
}  // namespace portside::exports
