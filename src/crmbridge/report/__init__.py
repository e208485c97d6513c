"""What people and programs are shown: listings, exports, texts in English and Chinese. No terminal, no database."""
