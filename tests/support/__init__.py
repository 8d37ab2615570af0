"""What tests share: real servers, child processes, and a view of the checkout."""
