"""The situations that an application is put into that signs through itsme."""
