#include "service/client_page.h"

#include <new>

namespace portside::service {

Result<std::shared_ptr<ClientPage>> ClientPage::create() {
  auto page = std::make_shared<ClientPage>();
  TRY_ASSIGN(page->memory_, wire::SharedMemory::create("portside-stream", wire::StreamPage::kBytes));
  TRY_ASSIGN(page->bell_, Bell::create());
  new (page->memory_.bytes().data()) wire::StreamPage;
  return page;
}

}  // namespace portside::service
